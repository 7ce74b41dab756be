// Decodes the samples that a computer sends, so that it can compare the board with itself:
//
//   emgctl export PROFILE --check PORT
#include <emg_link.h>

void sendByte(uint8_t byte) {
  Serial.write(byte);
}

uint32_t readClock() {
  return micros();
}

void setup() {
  Serial.begin(115200);
  emg_init();
  emg_link_begin(sendByte, readClock);
}

void loop() {
  while (Serial.available() > 0) emg_link_take(Serial.read());
}
