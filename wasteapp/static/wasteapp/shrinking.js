// Photographs that are larger than anything needs are made smaller before they travel.
(() => {
  "use strict";

  const SIDE = 2048; // pixels of the longest side; the server keeps less
  const SMALL = 1e6; // bytes: what is smaller travels quickly enough as it is
  const QUALITY = 0.9;

  const drawn = (bitmap, scale) => {
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.fillStyle = "#fff"; // what is transparent is white, as on the server
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return canvas;
  };

  const encoded = (canvas) => new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));

  // The picture upright and at most SIDE pixels long; the file itself where the browser cannot read it (HEIC).
  const shrink = async (file) => {
    if (file.size < SMALL) return file;
    let bitmap;
    try {
      bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    } catch {
      return file;
    }
    const scale = SIDE / Math.max(bitmap.width, bitmap.height);
    const smaller = scale < 1 ? await encoded(drawn(bitmap, scale)) : null;
    bitmap.close();
    return smaller && smaller.size < file.size ? smaller : file;
  };

  window.sortwise = { ...window.sortwise, shrink };
})();
