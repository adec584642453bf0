// Reads the names of pictures from its input and writes what the package qr
// reads in each, in base64, a line for each. A picture is its width, its height
// (32 bits, lowest byte first) and a byte for each pixel.
import fs from 'node:fs';
import readline from 'node:readline';
import decode from 'qr/decode.js';

const options = {
	timeLimit: 10_000, // milliseconds: no verdict may depend on how busy the machine is
	textDecoder: (bytes) => Buffer.from(bytes).toString('latin1'), // the bytes as they are
};

function read({ pixels, width, height }) {
	const data = new Uint8ClampedArray(4 * pixels.length);
	const rgba = new Uint32Array(data.buffer);
	for (let i = 0; i < pixels.length; i++) rgba[i] = 0xff000000 | (pixels[i] * 0x010101);
	try {
		return decode({ width, height, data }, options);
	} catch {
		return ''; // nothing was found
	}
}

for await (const name of readline.createInterface({ input: process.stdin })) {
	const file = fs.readFileSync(name);
	const picture = { width: file.readUInt32LE(0), height: file.readUInt32LE(4), pixels: file.subarray(8) };
	process.stdout.write(Buffer.from(read(picture), 'latin1').toString('base64') + '\n');
}
