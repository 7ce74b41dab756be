"""Checksums of device protocols, bit by bit: their messages are short."""

from __future__ import annotations


def crc8_maxim(data: bytes) -> int:
    """CRC-8/MAXIM: polynomial 0x31 reflected, initial value 0 (Maxim application note 27)."""
    return _reflected(data, 0x8C, 0)


def crc16_modbus(data: bytes) -> int:
    """CRC-16/MODBUS: polynomial 0x8005 reflected, initial value 0xFFFF (Modbus over Serial Line V1.02, 6.2.2)."""
    return _reflected(data, 0xA001, 0xFFFF)


def _reflected(data: bytes, polynomial: int, crc: int) -> int:
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ polynomial if crc & 1 else crc >> 1
    return crc
