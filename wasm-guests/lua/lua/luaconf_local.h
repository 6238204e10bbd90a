/* Appended to luaconf.h, which has its end reserved for this. */

/* Slots of the Lua stack, of 16 bytes each: recursion ends with an error of Lua's own well before the memory of a call
   does, and is some 50,000 functions deep by then. `src/ffi.rs` has the same number. */
#undef LUAI_MAXSTACK
#define LUAI_MAXSTACK 200000

/* Errors travel as exceptions of wasm, which Rust throws and catches (`src/exceptions.rs`): there is no `setjmp`. */
#define luai_jmpbuf int
#define LUAI_THROW(L, c) switchhook_throw()
#define LUAI_TRY(L, c, a) \
  if (!switchhook_try(f, L, ud) && (c)->status == 0) (c)->status = -1
struct lua_State;
_Noreturn void switchhook_throw(void);
int switchhook_try(void (*f)(struct lua_State *, void *), struct lua_State *L, void *ud);

/* The hash of texts is the same everywhere, as a snapshot wants it. Texts made to collide cost their own call its fuel. */
#define luai_makeseed(L) 0x5eed1e55u

/* There are no locales. */
#define lua_getlocaledecpoint() '.'

/* Labels as values have no form in wasm: the compiler would turn them into a switch, and not the best one. */
#define LUA_USE_JUMPTABLE 0

/* The time zone is that of the call (`src/time.rs`). */
#define l_gmtime(t, r) switchhook_broken_down(*(t), 0, r)
#define l_localtime(t, r) switchhook_broken_down(*(t), 1, r)

/* Sorting takes the same steps in every call. */
#define l_randomizePivot() 0u

/* There are no signals. */
#define l_signalT int
