// Decodes the electrodes on pins A0 and following, and lights the LED while the chosen gesture is made, or while the
// chosen joint is bent.
//
// An analog input gives 0 to 1023, or 0 to 4095; the model wants the unit and range that it was trained on
// (EMG_UNIT): adapt readElectrode() to your electrodes.
#include <emg.h>

const unsigned long periodUs = (unsigned long)(1e6 / EMG_RATE_HZ);
#if EMG_JOINTS
const int joint = 0;          // index into emg_joints
const float bentRad = 0.5f;
#else
const int gesture = EMG_REST == 0 ? 1 : 0;  // index into emg_labels
#endif

unsigned long nextUs, readUs;

float readElectrode(int channel) {
  return analogRead(A0 + channel) - 512.0f;
}

void setup() {
  pinMode(LED_BUILTIN, OUTPUT);
  Serial.begin(115200);
  emg_init();
  nextUs = readUs = micros();
}

void loop() {
  if ((long)(micros() - nextUs) < 0) return;
  nextUs += periodUs;
  unsigned long now = micros();
  unsigned long missed = (now - readUs) / periodUs;
  if (missed > 1) emg_lost(missed - 1);
  readUs = now;
  float sample[EMG_CHANNELS];
  for (int channel = 0; channel < EMG_CHANNELS; channel++) sample[channel] = readElectrode(channel);
  int decisions = emg_push(sample, EMG_CHANNELS);
#if EMG_JOINTS
  const struct emg_pose *pose = emg_pose();
  digitalWrite(LED_BUILTIN, pose->moves && pose->angles_rad[joint] > bentRad ? HIGH : LOW);
  if (decisions) {
    Serial.print(pose->angles_rad[joint]);
    Serial.println(pose->moves ? "" : " (waiting for rest)");
  }
#else
  const struct emg_decision *decision = emg_decision();
  digitalWrite(LED_BUILTIN, decision->moves && decision->label == gesture ? HIGH : LOW);
  if (decisions) {
    Serial.print(emg_labels[decision->label]);
    Serial.println(decision->moves ? "" : " (waiting for rest)");
  }
#endif
}
