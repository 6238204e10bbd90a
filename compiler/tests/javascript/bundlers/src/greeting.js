export const greeting = (name = "caller") => `Hello ${name}, é😀`;

export default class Greeting {
  static #count = 0;
  static next(name) {
    Greeting.#count += 1;
    return { text: greeting(name), count: Greeting.#count };
  }
}
