/* Comes before the interpreter's loop in lvm.c.

   Lua's own loop asks before each instruction whether there is a hook, or whether the stack has moved. Nobody can set a hook
   here, so the loop need not ask: whatever may move the stack says at once where the stack is now. */

#undef updatetrap
#define updatetrap(ci) updatebase(ci)

#undef updatestack
#define updatestack(ci) { ra = RA(i); }

/* A jump moves nothing, and no signal has to end a loop. */
#undef dojump
#define dojump(ci, i, e) { pc += GETARG_sJ(i) + e; }

#undef vmfetch
#define vmfetch() { i = *(pc++); }

