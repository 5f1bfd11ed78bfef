// One real process that takes the lock and holds it until it is told to give it back, or killed.
import { takeLock } from '../../../src/ndjson/lock.ts';
import { diskStorage } from '../../../src/ndjson/storage.ts';

const release = takeLock(diskStorage, process.argv[2]!, Date.now());
process.send!(release === null ? 'refused' : 'taken');
process.on('message', () => {
  release?.();
  process.disconnect?.();
});
