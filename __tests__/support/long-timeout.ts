import { jest } from '@jest/globals'

// A first run downloads an engine and installs programs; a hang is still found. (As an option this can't be set per project.)
jest.setTimeout(300_000)
