// ES2024, in every Node that vdata supports; the compiler's library is ES2023's.
interface String {
  /** Whether no half of a surrogate pair stands alone. */
  isWellFormed(): boolean
}
