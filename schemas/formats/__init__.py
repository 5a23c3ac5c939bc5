"""Pure converters between label files' JSON documents and label sets."""
