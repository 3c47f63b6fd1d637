"""QR codes of our own addresses (ISO/IEC 18004), as SVG."""

from io import BytesIO

import qrcode
import qrcode.image.svg


def draw_qr(text: str) -> str:
    """The code of a text, without an XML declaration, so that it may stand in a page."""
    code = qrcode.QRCode(border=2, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text)
    out = BytesIO()
    code.make_image(image_factory=qrcode.image.svg.SvgPathImage).save(out)
    drawn = out.getvalue().decode()
    return drawn[drawn.index("<svg") :]
