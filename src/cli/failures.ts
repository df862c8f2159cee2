/** A command that could not do what it was asked; the message says what is wrong and what to do. Exit code 1. */
export class CommandFailed extends Error {}

/** A command that was asked wrongly; the message says how to ask. Exit code 2. */
export class UsageError extends Error {}
