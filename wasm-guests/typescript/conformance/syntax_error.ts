// Ends too early.
const a: number = 1;
return a broken;
