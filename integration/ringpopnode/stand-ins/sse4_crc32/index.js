'use strict';

const castagnoli = 0x82f63b78; // bits reversed

const table = new Uint32Array(256).map((_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) {
        crc = crc & 1 ? (crc >>> 1) ^ castagnoli : crc >>> 1;
    }
    return crc;
});

// calculate returns the CRC-32C of a string or buffer. With the checksum of what
// came before, it is that of both.
exports.calculate = function calculate(data, before = 0) {
    let crc = ~before;
    for (const byte of Buffer.from(data)) {
        crc = table[(crc ^ byte) & 0xff] ^ (crc >>> 8);
    }
    return ~crc >>> 0;
};
