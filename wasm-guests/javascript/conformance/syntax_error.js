// Ends too early.
const a = 1;
return a broken;
