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
