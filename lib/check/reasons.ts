/**
 * Why something may be refused: the one list of reason codes of checks, verdicts and drops. The codes are written into
 * indexes, where they stay, so none is ever renamed or removed. Each has one sentence that a contributor reads.
 */
export const REASONS = {
  // What only a person decides: offers and records alike.
  spam: 'It is advertising, a link farm or text without any use as training data.',
  off_topic: 'It has nothing to do with what the dataset collects.',
  quality: 'It is not good enough: wrong, incoherent or careless.',
  bias: 'It treats people unequally because of what they are.',
  toxic: 'It insults, threatens or harasses.',
  pii: 'It holds personal data of someone.',
  duplicate: 'The dataset has it already.',
  legal: 'There is a legal claim against it, or it is not legal to publish.',
  contributor: 'The contributor asked for it, or may not contribute.',
  other: 'The note says why.',

  // Format.
  format: 'It is not a record, or not in the format that it claims to have.',
  too_large: 'It is over a limit of the format.',
  kind: 'The dataset does not take records of this kind.',
  empty: 'A content field has no text.',
  too_short: 'It has less text than the dataset asks for.',
  too_long: 'It has more text than the dataset takes.',
  control_characters: 'It has control characters that do not belong in text.',
  terminal_escape: 'It has escape sequences that act on a terminal.',
  hidden_text: 'It has invisible characters, or characters that show text in another order than it has.',
  broken_text: 'It has characters that were lost in a conversion.',

  // The volume as a whole.
  bad_volume: 'The volume is not a sealed volume of this format.',
  wrong_totals: 'The volume holds other amounts than its header or its offer says.',
  unavailable: 'Its content could not be had from anyone.',
  too_many: 'More of its records have a fault than the dataset takes.',

  // Licence and provenance.
  license: 'The dataset does not take its licence.',
  license_missing: 'It does not say under which licence it is.',
  terms: 'The dataset does not take what was made under its provider’s terms.',
  terms_missing: 'It was made by a provider and does not name the terms.',

  // Duplicates.
  exact_duplicate: 'The same volume has the same content before it.',
  near_duplicate: 'The same volume has almost the same content before it.',
  dataset_duplicate: 'The dataset has the same content.',
  dataset_near_duplicate: 'The dataset has almost the same content.',
  contamination: 'It shares text with a benchmark, which makes measurements with that benchmark worthless.',

  // Personal data.
  pii_email: 'It has an e-mail address.',
  pii_phone: 'It has a phone number.',
  pii_card: 'It has the number of a payment card.',
  pii_iban: 'It has the number of a bank account.',
  pii_ssn: 'It has a US social security number.',
  pii_ip: 'It has a public IP address.',
  secret: 'It has a key, token or password.',

  // Language.
  slur: 'It has a word that insults people for what they are.',
  profanity: 'It has profane or obscene words.',
  sensitive_words: 'It has words that are obscene in some contexts.',
  insensitive: 'It has wording that leaves people out or may hurt them.',
  language: 'It is not in the language that it says.',
  language_not_taken: 'The dataset does not take records in its language.',

  // Quality.
  word_lengths: 'Its words are too short or too long to be text.',
  few_letters: 'Too few of its words have letters.',
  symbols: 'It has too many hash signs or ellipses.',
  few_stop_words: 'It lacks the small words that every English text has.',
  bullets: 'Almost all of its lines are list items.',
  ragged_lines: 'Too many of its lines are very short or end without punctuation.',
  repeated_lines: 'It repeats lines or paragraphs.',
  repeated_phrases: 'It repeats the same phrases.',
  refusal: 'The assistant refuses to answer.',
  boilerplate: 'It has phrases that assistants say about themselves, or gaps that nobody filled in.'
} as const

export type ReasonCode = keyof typeof REASONS

export const REASON_CODES = Object.keys(REASONS) as [ReasonCode, ...ReasonCode[]]

export function isReasonCode(value: unknown): value is ReasonCode {
  return typeof value === 'string' && Object.hasOwn(REASONS, value)
}

/** The reason for a fault that the volume's decoder found (FAULTS in lib/volume/faults.ts), by its code. */
const FAULT_REASONS: { readonly [fault: string]: ReasonCode } = {
  BAD_HEADER: 'bad_volume',
  BAD_FRAME: 'bad_volume',
  BAD_CODEC: 'bad_volume',
  TOO_LARGE: 'too_large',
  BAD_PAYLOAD: 'bad_volume',
  WRONG_LENGTH: 'wrong_totals',
  WRONG_COUNT: 'wrong_totals',
  WRONG_TOTALS: 'wrong_totals',
  NOT_STATIC: 'bad_volume',
  NOT_UTF8: 'format',
  NOT_JSON: 'format',
  BAD_RECORD: 'format'
}

/** The reason for a volume that can't be read; `bad_volume` for a fault that this version does not know. */
export function reasonOfFault(code: string): ReasonCode {
  return Object.hasOwn(FAULT_REASONS, code) ? FAULT_REASONS[code]! : 'bad_volume'
}
