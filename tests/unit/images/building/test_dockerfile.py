from helpers.system.locate import TOOLCHAIN_ROOT


def test_files_of_the_toolchain_have_their_mode_in_images_whatever_umask_wrote_them() -> None:
    lines = (TOOLCHAIN_ROOT / "devops" / "Dockerfile").read_text().splitlines()
    copied = [
        line for line in lines if line.startswith("COPY") and "--from=toolchain" in line.split()
    ]
    assert copied
    assert [line for line in copied if "--chmod=" not in line] == []
