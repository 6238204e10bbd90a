console.log('one');
console.warn('two');
console.error('three');
return 1;
