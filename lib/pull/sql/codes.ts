/** The exit code with which the engine's process says that it took too much memory. */
export const OUT_OF_MEMORY_CODE = 86
