/* The tag of the exceptions of C and Rust. Whoever throws them refers to it, and nothing else that is linked defines it. */
__asm__(".globl __cpp_exception\n"
        ".tagtype __cpp_exception i32\n"
        "__cpp_exception:\n");
