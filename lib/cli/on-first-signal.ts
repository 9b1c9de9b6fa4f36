/** What ends a run from outside. */

/** The first SIGINT, SIGTERM or SIGHUP ends the run in good order, a second one at once. Returns how to undo it. */
export function onFirstSignal(stop: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const remove = () => {
    for (const signal of signals) process.off(signal, handle);
  };
  const handle = () => {
    remove();
    stop();
  };
  for (const signal of signals) process.on(signal, handle);
  return remove;
}
