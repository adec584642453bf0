// Reads the names of pictures from its input and writes what jsQR reads in
// each, in base64, a line for each. A picture is its width, its height (32
// bits, lowest byte first) and a byte for each pixel.
import fs from 'node:fs';
import readline from 'node:readline';
import jsQRModule from 'jsqr';

const jsQR = jsQRModule.default ?? jsQRModule;

// shrink gives a picture at a smaller width, each pixel the mean of those that
// it covers.
function shrink(picture, width) {
	const height = Math.round((picture.height * width) / picture.width);
	const pixels = new Uint8Array(width * height);
	for (let y = 0; y < height; y++) {
		const y0 = Math.floor((y * picture.height) / height);
		const y1 = Math.max(y0 + 1, Math.floor(((y + 1) * picture.height) / height));
		for (let x = 0; x < width; x++) {
			const x0 = Math.floor((x * picture.width) / width);
			const x1 = Math.max(x0 + 1, Math.floor(((x + 1) * picture.width) / width));
			let sum = 0;
			for (let sy = y0; sy < y1; sy++) {
				for (let sx = x0; sx < x1; sx++) sum += picture.pixels[sy * picture.width + sx];
			}
			pixels[y * width + x] = sum / ((y1 - y0) * (x1 - x0));
		}
	}
	return { pixels, width, height };
}

function read({ pixels, width, height }) {
	const rgba = new Uint8ClampedArray(4 * width * height);
	pixels.forEach((v, i) => rgba.fill(v, 4 * i, 4 * i + 3).fill(255, 4 * i + 3, 4 * i + 4));
	return jsQR(rgba, width, height, { inversionAttempts: 'dontInvert' });
}

for await (const name of readline.createInterface({ input: process.stdin })) {
	const file = fs.readFileSync(name);
	const picture = { width: file.readUInt32LE(0), height: file.readUInt32LE(4), pixels: file.subarray(8) };
	let code = read(picture);
	// jsQR is made for cameras, which show it the symbol many times from
	// changing distances: it misses one flawless picture in thirty, most of all
	// those with tens of pixels a module, which no camera shows it.
	for (const part of [0.83, 0.71, 0.55, 0.4, 0.3, 0.22]) {
		if (code) break;
		code = read(shrink(picture, Math.round(picture.width * part)));
	}
	process.stdout.write(Buffer.from(code ? code.binaryData : []).toString('base64') + '\n');
}
