/**
 * Preloaded into every Node process that the quickstart or a test starts (`--import`): when the parent is gone,
 * however it went, its channel closes and this process is asked to end, so that nothing is left behind.
 */
process.once('disconnect', () => {
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.exit(1), 30_000).unref();
});
// Listening must not keep alive a process that has nothing left to do.
process.channel?.unref();
