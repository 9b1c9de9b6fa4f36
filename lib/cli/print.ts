/** Documents on standard output. */
import { requireStandardOutput } from './standard-output.js';

/** Prints, and is done when the reader has it or has gone away. */
export function print(text: string): Promise<void> {
  requireStandardOutput();
  return new Promise((resolve, reject) => {
    const done = (error?: Error | null) => {
      if (error && (error as NodeJS.ErrnoException).code !== 'EPIPE') reject(error);
      else resolve();
    };
    process.stdout.once('error', done);
    process.stdout.write(text, done);
  });
}
