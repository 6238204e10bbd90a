(function ({ classOf }) {
  const ERRORS = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
  const PLATFORM = [Crypto, TextDecoder, TextEncoder, URL, URLSearchParams];
  const { hasOwn } = Object;
  const eachEntry = Map.prototype.forEach;
  const eachMember = Set.prototype.forEach;
  const addEntry = Map.prototype.set;
  const addMember = Set.prototype.add;
  const timeOf = Date.prototype.getTime;
  const isPrototypeOf = Object.prototype.isPrototypeOf;

  // What an object is, whatever properties of its own say.
  const getters = ({ prototype }, ...names) => names.map((name) => Object.getOwnPropertyDescriptor(prototype, name).get);
  const TypedArray = Object.getPrototypeOf(Uint8Array);
  const setElements = TypedArray.prototype.set;
  const [isDetached, isResizable, sizeOf, maxSizeOf] =
    getters(ArrayBuffer, 'detached', 'resizable', 'byteLength', 'maxByteLength');
  const partsOfArray = getters(TypedArray, 'buffer', 'byteOffset', 'length');
  const partsOfView = getters(DataView, 'buffer', 'byteOffset', 'byteLength');
  const [sourceOf] = getters(RegExp, 'source');
  const FLAGS = {
    hasIndices: 'd', global: 'g', ignoreCase: 'i', multiline: 'm', dotAll: 's', unicode: 'u', unicodeSets: 'v', sticky: 'y',
  };
  const hasFlag = getters(RegExp, ...Object.keys(FLAGS));
  const flagsOf = (regExp) => Object.values(FLAGS).filter((_, index) => hasFlag[index].call(regExp)).join('');

  // Objects inside objects are not visited by recursion, which would end on deep ones, but in its order: an open
  // object has what it holds in `parts`, from `next` on still to be copied and put into `copy` by `put`.
  let open;
  let copies;

  function hold(copy, parts, put) {
    if (parts.length > 0) open.push({ copy, parts, next: 0, put });
    return copy;
  }

  function putProperty({ copy, source, parts }, index) {
    const key = parts[index];
    // A getter may have deleted it.
    if (!hasOwn(source, key)) return 1;
    const value = cloneOf(source[key]);
    // What a prototype says of a property does not matter: it may be frozen, or `__proto__`.
    if (key in copy) {
      Object.defineProperty(copy, key, { value, writable: true, enumerable: true, configurable: true });
    } else {
      copy[key] = value;
    }
    return 1;
  }

  function holdProperties(source, copy) {
    const parts = Object.keys(source);
    if (parts.length > 0) open.push({ copy, source, parts, next: 0, put: putProperty });
    return copy;
  }

  function putEntry({ copy, parts }, index) {
    addEntry.call(copy, cloneOf(parts[index]), cloneOf(parts[index + 1]));
    return 2;
  }

  function putMember({ copy, parts }, index) {
    addMember.call(copy, cloneOf(parts[index]));
    return 1;
  }

  function cloneOfBuffer(buffer) {
    if (isDetached.call(buffer)) throw refusal('a detached ArrayBuffer');
    const options = isResizable.call(buffer) ? { maxByteLength: maxSizeOf.call(buffer) } : undefined;
    const copy = new ArrayBuffer(sizeOf.call(buffer), options);
    setElements.call(new Uint8Array(copy), new Uint8Array(buffer));
    return copy;
  }

  function cloneOfError(error) {
    const { name, stack } = error;
    const message = Object.getOwnPropertyDescriptor(error, 'message')?.value;
    const known = typeof name === 'string' && Object.hasOwn(ERRORS, name);
    const copy = new (known ? ERRORS[name] : Error)(message);
    const value = typeof stack === 'string' ? stack : '';
    Object.defineProperty(copy, 'stack', { value, writable: true, configurable: true });
    return copy;
  }

  const wrapper = ({ prototype: { valueOf } }) => (object) => Object(valueOf.call(object));

  const viewer = (View, parts) => (view) => {
    const [buffer, offset, length] = parts.map((part) => part.call(view));
    return new View(cloneOf(buffer), offset, length);
  };

  // By an example of its class, how an object is cloned.
  const makers = [];
  for (const [example, maker] of [
    [[], (array) => {
      const copy = [];
      copy.length = array.length;
      return holdProperties(array, copy);
    }],
    [{}, (object) => {
      const isPlatform = ({ prototype }) => isPrototypeOf.call(prototype, object);
      if (Object.getPrototypeOf(object) !== Object.prototype && PLATFORM.some(isPlatform)) throw refusal(nameOf(object));
      return holdProperties(object, {});
    }],
    [(function () { return arguments; })(), (object) => holdProperties(object, {})],
    [new Function('return arguments')(), (object) => holdProperties(object, {})],
    [new Map(), (map) => {
      const parts = [];
      eachEntry.call(map, (value, key) => { parts.push(key, value); });
      return hold(new Map(), parts, putEntry);
    }],
    [new Set(), (set) => {
      const parts = [];
      eachMember.call(set, (member) => { parts.push(member); });
      return hold(new Set(), parts, putMember);
    }],
    [new Date(0), (date) => new Date(timeOf.call(date))],
    [/./, (regExp) => new RegExp(sourceOf.call(regExp), flagsOf(regExp))],
    [new Error(), cloneOfError],
    [new DOMException(), ({ message, name }) => new DOMException(message, name)],
    [new ArrayBuffer(0), cloneOfBuffer],
    [new DataView(new ArrayBuffer(0)), viewer(DataView, partsOfView)],
    [Object(true), wrapper(Boolean)],
    [Object(0), wrapper(Number)],
    [Object(''), wrapper(String)],
    [Object(0n), wrapper(BigInt)],
  ]) makers[classOf(example)] = maker;
  for (const View of [
    Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
    BigInt64Array, BigUint64Array, Float16Array, Float32Array, Float64Array,
  ]) makers[classOf(new View(0))] = viewer(View, partsOfArray);

  const nameOf = (object) => Object.prototype.toString.call(object);
  const refusal = (what) => new DOMException(`${what} cannot be cloned`, 'DataCloneError');

  function cloneOf(value) {
    if (typeof value === 'symbol' || typeof value === 'function') throw refusal(`a ${typeof value}`);
    if (typeof value !== 'object' || value === null) return value;
    let copy = copies.get(value);
    if (copy === undefined) {
      const maker = makers[classOf(value)];
      if (!maker) throw refusal(nameOf(value));
      copy = maker(value);
      copies.set(value, copy);
    }
    return copy;
  }

  return {
    structuredClone: { structuredClone(value, options = undefined) {
      if (arguments.length === 0) throw new TypeError('structuredClone needs a value');
      const transfer = options?.transfer;
      if (transfer !== undefined && [...transfer].length > 0) {
        throw new DOMException('nothing can be transferred: there is nobody to transfer it to', 'DataCloneError');
      }
      // A getter may come back to this function.
      const before = { open, copies };
      open = [];
      copies = new Map();
      try {
        const copy = cloneOf(value);
        for (let depth; (depth = open.length) > 0;) {
          const object = open[depth - 1];
          while (object.next < object.parts.length && open.length === depth) {
            object.next += object.put(object, object.next);
          }
          if (open.length === depth) open.pop();
        }
        return copy;
      } finally {
        ({ open, copies } = before);
      }
    } }.structuredClone,
  };
})
