"""A waste classifier as its demos are written: Flask, OpenCV and Keras, one image and one answer a request.

`python -m benchmarks.peers.flask_demo PORT`. MobileNetV2 at 224 px with random weights, which cost what learnt ones
do. It keeps nothing: no account, no history, no file.
"""

import sys

import cv2
import numpy as np
from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue
from keras.applications import MobileNetV2
from keras.applications.mobilenet_v2 import preprocess_input

LABELS = ["cardboard", "glass", "metal", "organic", "paper", "plastic", "residual", "textile", "wood"]

app = Flask(__name__)
model = MobileNetV2(weights=None, classes=len(LABELS))


@app.post("/predict")
def predict() -> ResponseReturnValue:
    """The label of the photograph in the form's field `image`."""
    content = np.frombuffer(request.files["image"].read(), np.uint8)
    image = cv2.imdecode(content, cv2.IMREAD_COLOR)
    if image is None:
        return jsonify(error="not an image"), 400
    image = cv2.cvtColor(cv2.resize(image, (224, 224)), cv2.COLOR_BGR2RGB)
    batch = preprocess_input(image.astype(np.float32)[np.newaxis])
    probabilities = model.predict(batch, verbose=0)[0]
    best = int(probabilities.argmax())
    return jsonify(label=LABELS[best], confidence=float(probabilities[best])), 201


@app.get("/")
def page() -> str:
    """Where somebody would choose a photograph."""
    return '<form method="post" action="/predict" enctype="multipart/form-data"><input type="file" name="image"></form>'


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(sys.argv[1]))
