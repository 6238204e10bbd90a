enum Word { One = 'one', Two = 'two', Three = 'three' }
console.log(Word.One);
console.warn(Word.Two);
console.error(Word.Three);
return 1;
