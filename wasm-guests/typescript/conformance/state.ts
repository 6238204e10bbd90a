namespace Calls {
  export let count = 0;
}
export default (): number => ++Calls.count;
