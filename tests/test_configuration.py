"""Settings that are made, not given."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from annotator.configuration import LONGEST_SOCKET_PATH, kept_secret_key, private_redis_socket


def test_processes_that_start_together_share_one_secret_key(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: kept_secret_key(tmp_path), range(64)))
    assert len(keys) == 1
    assert len(keys.pop()) >= 50
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_a_key_that_another_process_is_just_writing_is_waited_for(tmp_path):
    path = tmp_path / "secret_key"
    path.touch()
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit(kept_secret_key, tmp_path)
        assert not read.done()
        path.write_text("written late")
        assert read.result(5) == "written late"


def test_the_socket_of_a_deep_data_folder_is_short_enough_and_its_own():
    shallow, deep, other = Path("/data"), Path("/d" * 80), Path("/e" * 80)
    assert private_redis_socket(shallow) == Path("/data/redis.sock")
    assert len(str(private_redis_socket(deep))) <= LONGEST_SOCKET_PATH
    assert private_redis_socket(deep) == private_redis_socket(deep) != private_redis_socket(other)
