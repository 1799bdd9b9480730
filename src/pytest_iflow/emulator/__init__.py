"""The local tenant: an emulator of Cloud Integration on loopback."""
