/** Where a marker begins in a stream of any bytes, read in pieces. */
export interface MarkerPosition {
  /** How many bytes of the piece are certainly before the marker. */
  readonly before: number;
  /** Whether the whole marker follows them; else what follows may be its beginning. */
  readonly found: boolean;
}

export function findMarker(piece: Buffer, marker: Buffer): MarkerPosition {
  const at = piece.indexOf(marker);
  if (at >= 0) return { before: at, found: true };
  for (let start = Math.max(piece.length - marker.length + 1, 0); start < piece.length; start += 1) {
    if (marker.subarray(0, piece.length - start).equals(piece.subarray(start)))
      return { before: start, found: false };
  }
  return { before: piece.length, found: false };
}
