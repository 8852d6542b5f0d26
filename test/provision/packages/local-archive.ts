/** A Debian archive of our own on loopback, signed with its own key, whose faults a test chooses. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as openpgp from 'openpgp';
import { makeDeb, type TarEntry } from './deb-file.ts';
import { storedXz } from './xz-file.ts';

export interface LocalPackage {
  name: string;
  version?: string;
  depends?: string;
  provides?: string;
  files?: readonly TarEntry[];
}

/** Answers a request itself and returns true, or leaves it to the archive. */
export type Fault = (request: IncomingMessage, response: ServerResponse, file: Buffer | undefined) => boolean;

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

export class LocalArchive {
  /** Armored public key. */
  readonly keys: string;
  /** Address of the archive, as LAB3_MIRROR takes it. */
  readonly url: string;
  /** Paths asked for, in their order. */
  readonly requests: string[] = [];
  /** Below the archive's base → content. */
  readonly files = new Map<string, Buffer>();
  fault: Fault | undefined;
  readonly #privateKey: openpgp.PrivateKey;
  readonly #close: () => Promise<void>;

  private constructor(
    key: { privateKey: openpgp.PrivateKey; publicKey: openpgp.PublicKey },
    url: string,
    close: () => Promise<void>,
  ) {
    this.keys = key.publicKey.armor();
    this.url = url;
    this.#privateKey = key.privateKey;
    this.#close = close;
  }

  static async start(): Promise<LocalArchive> {
    const key = await openpgp.generateKey({ userIDs: [{ name: 'Test archive' }], format: 'object' });
    let archive: LocalArchive | undefined;
    const server = createServer((request, response) => archive?.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const close = () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    archive = new LocalArchive(key, `http://127.0.0.1:${port}/debian`, close);
    return archive;
  }

  stop(): Promise<void> {
    return this.#close();
  }

  /** Replaces what `dist` offers; a `Valid-Until` may be given. */
  async publish(
    packages: readonly LocalPackage[],
    {
      dist = 'trixie',
      codename = dist,
      validUntil,
    }: { dist?: string; codename?: string; validUntil?: Date } = {},
  ): Promise<void> {
    const paragraphs = await Promise.all(packages.map((one) => this.#addPackage(one)));
    const index = storedXz(Buffer.from(paragraphs.join('\n')));
    const folder = `dists/${dist}`;
    this.files.set(`${folder}/main/binary-amd64/Packages.xz`, index);
    this.files.set(`${folder}/main/binary-amd64/by-hash/SHA256/${sha256(index)}`, index);
    const fields = [
      'Origin: Test',
      `Codename: ${codename}`,
      ...(validUntil ? [`Valid-Until: ${validUntil.toUTCString()}`] : []),
      'SHA256:',
      ` ${sha256(index)} ${index.length} main/binary-amd64/Packages.xz`,
    ];
    this.files.set(`${folder}/InRelease`, await this.sign(`${fields.join('\n')}\n`));
  }

  async sign(text: string, privateKey = this.#privateKey): Promise<Buffer> {
    const message = await openpgp.createCleartextMessage({ text });
    return Buffer.from(await openpgp.sign({ message, signingKeys: privateKey }));
  }

  async #addPackage({ name, version = '1', depends, provides, files }: LocalPackage): Promise<string> {
    const deb = await makeDeb(
      files ?? [{ name: `./usr/share/${name}/version`, content: `${name} ${version}` }],
    );
    const filename = `pool/main/${name}_${version.replace(':', '%3a')}_amd64.deb`;
    this.files.set(filename, deb);
    const fields = {
      Package: name,
      Version: version,
      Architecture: 'amd64',
      Description: 'Ünïcode is not of interest',
      Depends: depends,
      Provides: provides,
      Filename: filename,
      Size: String(deb.length),
      SHA256: sha256(deb),
    };
    const lines = Object.entries(fields).filter(([, value]) => value !== undefined);
    return `${lines.map(([field, value]) => `${field}: ${value}`).join('\n')}\n`;
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const path = decodeURI((request.url ?? '').replace(/^\/debian\//, ''));
    this.requests.push(path);
    const file = this.files.get(path);
    if (this.fault?.(request, response, file)) return;
    if (!file) {
      response.writeHead(404).end();
      return;
    }
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (start > 0) {
      const range = `bytes ${start}-${file.length - 1}/${file.length}`;
      response.writeHead(206, { 'content-range': range, 'content-length': file.length - start });
    } else {
      response.writeHead(200, { 'content-length': file.length });
    }
    response.end(file.subarray(start));
  }
}
