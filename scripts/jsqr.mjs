// Reads the names of pictures from its input and writes what jsQR reads in
// each, in base64, a line for each. A picture is its width, its height (32
// bits, lowest byte first) and a byte for each pixel.
import fs from 'node:fs';
import readline from 'node:readline';
import jsQRModule from 'jsqr';

const jsQR = jsQRModule.default ?? jsQRModule;

function read({ pixels, width, height }) {
	const rgba = Uint32Array.from(pixels, (v) => 0xff000000 | (v * 0x010101));
	return jsQR(new Uint8ClampedArray(rgba.buffer), width, height, { inversionAttempts: 'dontInvert' });
}

for await (const name of readline.createInterface({ input: process.stdin })) {
	const file = fs.readFileSync(name);
	const picture = { width: file.readUInt32LE(0), height: file.readUInt32LE(4), pixels: file.subarray(8) };
	const code = read(picture);
	process.stdout.write(Buffer.from(code ? code.binaryData : []).toString('base64') + '\n');
}
