// Photos are made small here, before they cross a weak line; drawing them anew also leaves behind
// where and with what phone they were taken (EXIF).

const MAX_SIDE = 1600; // pixels
const QUALITY = 0.82;
const PLACE_SECONDS = 20;

export async function shrink(file) {
  const address = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const scale = Math.min(1, MAX_SIDE / Math.max(image.naturalWidth, image.naturalHeight));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
    canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
    const paper = canvas.getContext("2d");
    paper.fillStyle = "#fff";
    paper.fillRect(0, 0, canvas.width, canvas.height);
    paper.drawImage(image, 0, 0, canvas.width, canvas.height);
    return (await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY))) ?? file;
  } catch {
    return file; // a picture that this browser cannot draw (HEIC) goes as it is
  } finally {
    URL.revokeObjectURL(address);
  }
}

export const canLocate = () => window.isSecureContext && "geolocation" in navigator;

export function locate() {
  const options = { enableHighAccuracy: true, timeout: PLACE_SECONDS * 1000, maximumAge: 60000 };
  return new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ latitude: rounded(coords.latitude), longitude: rounded(coords.longitude) }),
      reject,
      options,
    );
  });
}

// Six places are a hand's breadth.
function rounded(degrees) {
  return Math.round(degrees * 1e6) / 1e6;
}
