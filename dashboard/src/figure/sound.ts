import {signal} from '@preact/signals';

// The points that keys walk as tones, if a reader turned that on: the higher a
// point lies in its panel, the higher its tone, and the further right, the
// further to the right ear.

export const soundOn = signal(false);

const LOWEST_HZ = 220, OCTAVES = 3, SECONDS = 0.16, LOUDNESS = 0.15;

// Of a point that lies that far up its panel, from 0 to 1.
export const pitchOf = (height: number) => LOWEST_HZ * 2 ** (OCTAVES * Math.min(1, Math.max(0, height)));

let context: AudioContext | undefined;

export function turnSound() {
  soundOn.value = !soundOn.peek();
}

// `right`, `up`: where the point lies in its panel, from 0 to 1.
export function play(right: number, up: number) {
  if (!soundOn.peek()) return;
  context ??= new AudioContext();
  const tone = context.createOscillator(), loudness = context.createGain(), side = context.createStereoPanner();
  const now = context.currentTime;
  tone.frequency.value = pitchOf(up);
  side.pan.value = Math.min(1, Math.max(-1, 2 * right - 1));
  // Without a click at its end.
  loudness.gain.setValueAtTime(LOUDNESS, now);
  loudness.gain.linearRampToValueAtTime(0, now + SECONDS);
  tone.connect(loudness).connect(side).connect(context.destination);
  tone.start(now);
  tone.stop(now + SECONDS);
}
