type Never = never;
function f<T extends number>(n?: T): Never { const ü: string = '😀';
  throw new RangeError(`${ü} ${n as number | undefined} boom`);
}
return f<1>();
