// FlatBuffers is used through its headers alone.
