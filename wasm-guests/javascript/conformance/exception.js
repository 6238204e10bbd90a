// Throws where it says.
function f() {
  throw new RangeError('boom');
}
return f();
