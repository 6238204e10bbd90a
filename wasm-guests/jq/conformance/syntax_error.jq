# Ends too early.
{ a: 1 }
| .a broken
