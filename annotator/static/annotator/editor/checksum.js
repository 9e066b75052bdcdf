const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/**
 * CRC-32 (ISO 3309, as in zlib and PNG).
 * @param {Uint8Array} bytes
 * @param {string} [before] checksum of what came before these bytes
 * @returns {string} eight hexadecimal digits
 */
export function crc32(bytes, before = "00000000") {
  let crc = ~Number.parseInt(before, 16);
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[i]) & 255];
  return (~crc >>> 0).toString(16).padStart(8, "0");
}

const ADLER_PRIME = 65521;
/** So many bytes may be summed before the sums outgrow 32 bits (as in zlib's NMAX, with room for signed ones). */
const ADLER_BYTES = 3800;

/**
 * Adler-32, the checksum at the end of a zlib stream (RFC 1950).
 * @param {Uint8Array} bytes
 */
export function adler32(bytes) {
  let a = 1;
  let b = 0;
  for (let i = 0; i < bytes.length;) {
    const end = Math.min(i + ADLER_BYTES, bytes.length);
    while (i < end) {
      a += bytes[i++];
      b += a;
    }
    a %= ADLER_PRIME;
    b %= ADLER_PRIME;
  }
  return ((b << 16) | a) >>> 0;
}
