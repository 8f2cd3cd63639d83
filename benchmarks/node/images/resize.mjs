import sharp from 'sharp';

// As many pictures at a time as there are workers, and each from scratch
sharp.concurrency(1);
sharp.cache(false);

// What the JDK's writer takes for a JPEG of which no quality is asked
const QUALITY = 75;

/** Makes a photograph as wide as asked, upright, and a JPEG again. */
export default async function resize({ photograph, width }) {
	return await sharp(photograph).autoOrient().resize({ width }).jpeg({ quality: QUALITY }).toBuffer();
}
