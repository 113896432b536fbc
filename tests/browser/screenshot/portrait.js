/**
 * Runs in the page ahead of its own code: in place of the camera's picture a drawn person who sways a little, and in
 * place of the microphone a tone or silence. The test pattern that browsers come with makes no picture for a README.
 */
export function replaceDevices({ wall, light, skin, hair, shirt, hairstyle, scene, speaking }) {
  const WIDTH = 640;
  const HEIGHT = 360;
  const canvas = document.createElement('canvas');
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const draw = canvas.getContext('2d');

  const shape = (colour, path) => {
    draw.fillStyle = colour;
    draw.beginPath();
    path();
    draw.fill();
  };
  const oval = (colour, x, y, width, height, turn = 0) =>
    shape(colour, () => draw.ellipse(x, y, width, height, turn, 0, 2 * Math.PI));

  const stroke = (colour, width, path) => {
    draw.strokeStyle = colour;
    draw.lineWidth = width;
    draw.beginPath();
    path();
    draw.stroke();
  };

  const room = () => {
    const gradient = draw.createLinearGradient(0, 0, WIDTH, HEIGHT);
    gradient.addColorStop(0, light);
    gradient.addColorStop(1, wall);
    draw.fillStyle = gradient;
    draw.fillRect(0, 0, WIDTH, HEIGHT);
    SCENES[scene]();
  };

  const SCENES = {
    books() {
      draw.fillStyle = 'rgb(60 42 30 / 0.55)';
      draw.fillRect(30, 138, 170, 8);
      ['#c9785d', '#e3c78a', '#5f8f8b', '#8a6d9c', '#d9d4c7', '#4f6d94', '#b5533c'].forEach((colour, index) => {
        draw.fillStyle = colour;
        draw.fillRect(44 + index * 20, 76 + (index % 3) * 8, 15, 62 - (index % 3) * 8);
      });
      SCENES.plant();
    },
    plant() {
      for (let leaf = -3; leaf <= 3; leaf++) oval('#4f7d58', 560 + leaf * 13, 214 - 12 * (3 - Math.abs(leaf)), 9, 48, leaf * 0.28);
      shape('#b9714f', () => draw.roundRect(530, 250, 60, 120, 8));
    },
    window() {
      shape('#f4f1ea', () => draw.roundRect(24, 30, 150, 210, 6));
      const panes = [[34, 40], [102, 40], [34, 138], [102, 138]];
      for (const [x, y] of panes) shape('#a9cfe6', () => draw.rect(x, y, 62, 92));
      oval('#8db58f', 60, 232, 40, 26);
      shape('rgb(255 255 255 / 0.25)', () => draw.rect(174, 30, 10, 210));
    },
    lamp() {
      oval('rgb(255 240 200 / 0.5)', 545, 130, 95, 95);
      shape('#f6e3b4', () => {
        draw.moveTo(515, 96);
        draw.lineTo(575, 96);
        draw.lineTo(596, 160);
        draw.lineTo(494, 160);
      });
      shape('#5b4a3d', () => draw.rect(541, 160, 8, 200));
      for (const [x, y, colour] of [[50, 50, '#d98c6a'], [122, 84, '#6b8f9c']]) {
        shape('#f3efe6', () => draw.rect(x, y, 58, 76));
        shape(colour, () => draw.rect(x + 8, y + 8, 42, 60));
      }
    },
  };

  const person = (sway) => {
    draw.save();
    draw.translate(320 + sway, 8);
    if (hairstyle === 'long') shape(hair, () => draw.roundRect(-84, 90, 168, 205, 76));
    if (hairstyle === 'bun') oval(hair, 0, 62, 32, 28);
    if (hairstyle !== 'long') oval(hair, 0, 144, 69, 78);
    shape(shirt, () => draw.roundRect(-155, 272, 310, 160, 95));
    shape(skin, () => draw.roundRect(-27, 215, 54, 82, 26));
    shape('rgb(0 0 0 / 0.13)', () => draw.roundRect(-27, 222, 54, 30, 14));
    for (const side of [-1, 1]) if (hairstyle !== 'long') oval(skin, side * 65, 168, 10, 15);
    face(sway);
    draw.restore();
  };

  const face = (sway) => {
    draw.save();
    draw.beginPath();
    draw.ellipse(0, 165, 63, 78, 0, 0, 2 * Math.PI);
    draw.clip();
    draw.fillStyle = skin;
    draw.fillRect(-80, 80, 160, 180);
    oval(hair, -26, 92, 78, 36, -0.22);
    oval(hair, 52, 96, 40, 26, 0.7);
    if (hairstyle === 'beard') {
      shape(hair, () => {
        draw.moveTo(-70, 160);
        draw.quadraticCurveTo(-44, 200, 0, 186);
        draw.quadraticCurveTo(44, 200, 70, 160);
        draw.lineTo(70, 260);
        draw.lineTo(-70, 260);
      });
    }
    draw.restore();
    draw.lineCap = 'round';
    for (const side of [-1, 1]) {
      oval('#2b2320', side * 25 + sway / 6, 160, 6, 7);
      oval('#fff', side * 25 + sway / 6 + 2, 157, 2, 2);
      stroke(hair, 5, () => draw.arc(side * 25, 156, 17, 1.3 * Math.PI, 1.7 * Math.PI));
      oval('rgb(214 96 80 / 0.18)', side * 38, 186, 13, 9);
    }
    stroke('rgb(0 0 0 / 0.18)', 4, () => draw.arc(0, 174, 8, 0.2 * Math.PI, 0.8 * Math.PI));
    stroke(hairstyle === 'beard' ? '#f3d9cb' : '#8e3f37', 5, () => draw.arc(0, 188, 24, 0.18 * Math.PI, 0.82 * Math.PI));
  };

  const paint = () => {
    room();
    person(10 * Math.sin(performance.now() / 900));
  };
  paint();
  setInterval(paint, 66);

  navigator.mediaDevices.getUserMedia = async ({ audio, video }) => {
    const stream = new MediaStream();
    if (video) stream.addTrack(canvas.captureStream(15).getVideoTracks()[0]);
    if (audio) {
      const context = new AudioContext();
      const tone = context.createOscillator();
      const volume = context.createGain();
      const output = context.createMediaStreamDestination();
      volume.gain.value = speaking ? 0.3 : 0;
      tone.connect(volume).connect(output);
      tone.start();
      stream.addTrack(output.stream.getAudioTracks()[0]);
    }
    return stream;
  };
}
