"""What the formats of Office share: packages, charts and drawings, numbers as they are shown."""
