// Makes img/no_spinlock.png and img/spinlock.png anew: the screen of this project's own VM after a run of the
// exercise's defaults without a lock and with the own one. Needs `npm run build` first.
import { spawnSync } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = fileURLToPath(new URL('..', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'lab3-images-'));
try {
  const { status } = spawnSync(process.execPath, [join(top, 'dist', 'main.js'), 'setup', '--yes'], {
    cwd: folder,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`lab3 setup ended with ${status}`);
  for (const name of ['no_spinlock.png', 'spinlock.png']) {
    await copyFile(join(folder, 'lab3-report', 'img', name), join(top, 'img', name));
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
