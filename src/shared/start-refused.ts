/** A start that must not go on; the message says what is wrong and what to do about it. */
export class StartRefused extends Error {}
