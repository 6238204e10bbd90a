/* The mathematical library, with random numbers that begin anew in every call (`src/random.rs`). */

#include "lmathlib.c"

/* Whether the generator is this call's. While a source is compiled there are no random numbers: an error is raised. */
int switchhook_random_is_seeded(lua_State *L);
/* It is from now on; false while a source is compiled, whose seed no call may begin with. */
int switchhook_random_becomes_seeded(void);
lua_Integer switchhook_random_seed(void);

static int seed(lua_State *L, RanState *state) {
  lua_Integer first = switchhook_random_seed();
  setseed(L, state->s, first, switchhook_random_seed());
  return 2;
}

static int seeded_random(lua_State *L) {
  if (!switchhook_random_is_seeded(L)) {
    seed(L, lua_touserdata(L, lua_upvalueindex(1)));
    lua_pop(L, 2);
    switchhook_random_becomes_seeded();
  }
  return math_random(L);
}

static int randomseed(lua_State *L) {
  if (!switchhook_random_becomes_seeded()) return 0;
  if (!lua_isnone(L, 1)) return math_randomseed(L);
  return seed(L, lua_touserdata(L, lua_upvalueindex(1)));
}

static const luaL_Reg random_functions[] = {
  {"random", seeded_random}, {"randomseed", randomseed}, {NULL, NULL}
};

int switchhook_open_math(lua_State *L) {
  luaopen_math(L);
  lua_newuserdatauv(L, sizeof(RanState), 0);
  luaL_setfuncs(L, random_functions, 1);
  return 1;
}
