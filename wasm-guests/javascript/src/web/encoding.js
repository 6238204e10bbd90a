(function ({ encode, encodeWithin, decode }) {
  const BYTE_ORDER_MARK = '\ufeff';
  // WHATWG Encoding, section 4.2
  const UTF_8 = ['unicode-1-1-utf-8', 'unicode11utf8', 'unicode20utf8', 'utf-8', 'utf8', 'x-unicode20utf8'];
  const NOTHING = new Uint8Array(0);

  function bytesOf(data) {
    if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (data instanceof ArrayBuffer) return new Uint8Array(data);
    throw new TypeError('the data is not an ArrayBuffer, a typed array or a DataView');
  }

  function joined(first, second) {
    if (first.length === 0) return second;
    const bytes = new Uint8Array(first.length + second.length);
    bytes.set(first);
    bytes.set(second, first.length);
    return bytes;
  }

  class TextEncoder {
    #encoding = 'utf-8';

    get encoding() { return this.#encoding; }

    encode(input = '') { return encode(`${input}`.toWellFormed()); }

    encodeInto(source, destination) {
      const text = `${source}`.toWellFormed();
      if (!(destination instanceof Uint8Array)) throw new TypeError('the destination is not a Uint8Array');
      const [bytes, read] = encodeWithin(text, destination.length);
      destination.set(bytes);
      return { read, written: bytes.length };
    }
  }

  class TextDecoder {
    #encoding = 'utf-8';
    #fatal;
    #ignoreBOM;
    // The beginning of a character that the next part of a stream goes on with.
    #rest = NOTHING;
    #begun = false;

    constructor(label = 'utf-8', options = undefined) {
      const name = `${label}`.replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, '').toLowerCase();
      if (!UTF_8.includes(name)) throw new RangeError(`the encoding '${label}' is not supported: only UTF-8 is`);
      this.#fatal = Boolean(options?.fatal);
      this.#ignoreBOM = Boolean(options?.ignoreBOM);
    }

    get encoding() { return this.#encoding; }
    get fatal() { return this.#fatal; }
    get ignoreBOM() { return this.#ignoreBOM; }

    decode(input = NOTHING, options = undefined) {
      const bytes = joined(this.#rest, bytesOf(input));
      const stream = Boolean(options?.stream);
      const begun = this.#begun;
      this.#rest = NOTHING;
      this.#begun = false;
      const [text, rest] = decode(bytes, this.#fatal, stream);
      this.#rest = rest;
      this.#begun = stream && (begun || text !== '');
      return !begun && !this.#ignoreBOM && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
    }
  }

  return { TextEncoder, TextDecoder };
})
