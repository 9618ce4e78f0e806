// Where the model looks, as colour over the picture: inferno's, as classifier.overlay has them.
(() => {
  "use strict";

  const STRENGTH = 0.75;
  const ANCHORS = [
    [0, 0, 4], [33, 12, 74], [87, 16, 110], [138, 34, 106], [188, 55, 84],
    [228, 90, 49], [249, 142, 9], [249, 203, 53], [252, 255, 164],
  ];

  const colour = (level) => {
    const place = level * (ANCHORS.length - 1);
    const [low, high] = [ANCHORS[Math.floor(place)], ANCHORS[Math.ceil(place)]];
    return low.map((value, part) => value + (high[part] - value) * (place % 1));
  };

  // One pixel a place of the map; the browser enlarges it smoothly.
  const paint = (canvas, { evidence, shape }, label) => {
    const [rows, columns, labels] = shape;
    const levels = Array.from({ length: rows * columns }, (_, place) =>
      Math.max(evidence[place * labels + label], 0),
    );
    const most = Math.max(...levels) || 1;
    const image = new ImageData(columns, rows);
    levels.forEach((value, place) => {
      image.data.set([...colour(value / most), (value / most) * STRENGTH * 255], place * 4);
    });
    canvas.width = columns;
    canvas.height = rows;
    canvas.getContext("2d").putImageData(image, 0, 0);
  };

  // The model sees the middle of the picture, where its input is cropped.
  const fit = (canvas, crop) => {
    canvas.style.inset = `${((1 - crop) / 2) * 100}%`;
    canvas.style.width = canvas.style.height = `${crop * 100}%`;
  };

  window.sortwise = { ...window.sortwise, heat: { paint, fit } };
})();
