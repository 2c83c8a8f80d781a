"""From lines at their places on pages to paragraphs, headings and rows: for PDF and scans."""
