/** What a folder or an archive holds, before anybody has decided to read it. */
export interface Entry {
  /** As it stands there; of an archive, not to be trusted. */
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'special';
  /** Bytes of a file; to be asked for, if at all, before the next entry. */
  chunks(): AsyncIterable<Uint8Array>;
}
