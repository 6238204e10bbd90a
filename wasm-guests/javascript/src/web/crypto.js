(function ({ randomBytes, randomUUID }) {
  // In bytes.
  const QUOTA = 65536;
  const { get: classOf } = Object.getOwnPropertyDescriptor(
    Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag);

  class Crypto {
    constructor() { throw new TypeError('Illegal constructor'); }

    getRandomValues(array) {
      if (!ArrayBuffer.isView(array)) throw new TypeError('getRandomValues needs a typed array');
      if (!/^(Big)?U?[Ii]nt/.test(classOf.call(array))) {
        throw new DOMException('getRandomValues needs a typed array of integers', 'TypeMismatchError');
      }
      if (array.byteLength > QUOTA) {
        throw new DOMException(`getRandomValues gives at most ${QUOTA} bytes at once`, 'QuotaExceededError');
      }
      new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(randomBytes(array.byteLength));
      return array;
    }

    randomUUID() { return randomUUID(); }
  }

  return { Crypto, crypto: Object.create(Crypto.prototype) };
})
