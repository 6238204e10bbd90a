// Defines globals as Web IDL does (sections 3.7 and 3.8), except that they are not enumerable: the language's own are
// not either.
(function (globals) {
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
    if (!value.prototype) continue;
    for (const key of Object.getOwnPropertyNames(value.prototype)) {
      if (key !== 'constructor') Object.defineProperty(value.prototype, key, { enumerable: true });
    }
    Object.defineProperty(value.prototype, Symbol.toStringTag, { value: name, configurable: true });
  }
})
