/* QuickJS checks the module's stack, in linear memory. Most locals lie on another one, of which the host gives five times as much. Functions that
   recurse and have little on the checked stack make their frames there larger, to a quarter of those on the other at least.
   So the checked stack ends first. */
#define FRAME_WEIGHS(bytes) char frame_weight[bytes]; __asm__ volatile("" : : "r"(frame_weight))
