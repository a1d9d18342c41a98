import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from oor.catalog.solids import BLUE, RED, ball, box, cylinder, paint
from oor.rendering import Camera, Surface, contact_sheet, orbit_camera, render, render_views, write_png

ANGLES = st.tuples(st.floats(-720, 720), st.floats(-90, 90))


def sphere(radius=1.0, centre=(0, 0, 0), colour=RED, subdivisions=5):
    return ball(radius, centre, colour, subdivisions)


def pixel_centres(camera):
    return np.stack(np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5), axis=-1)


def corners(bounds):
    return np.stack(np.meshgrid(*np.asarray(bounds).T, indexing="ij"), axis=-1).reshape(8, 3)


@pytest.mark.parametrize("centre", [(0, 0, 0), (3, -2, 5), (1e4, 0, -1e4)])  # far away too: float32 must not show
def test_a_sphere_has_analytic_silhouette_depth_and_normals(centre):
    camera = Camera.look_at(np.add(centre, [1.5, 2, 4]), centre, fov_deg=30, width=160, height=120)
    seen = render([sphere(1.0, centre)], camera)
    rays = camera.unproject(pixel_centres(camera), np.ones((120, 160))) - camera.eye
    direction = rays / np.linalg.norm(rays, axis=-1, keepdims=True)
    to_centre = np.asarray(centre, float) - camera.eye
    along = direction @ to_centre
    discriminant = 1 - (to_centre @ to_centre - along**2)
    hit = discriminant > 0
    assert np.mean((seen.ids == 0) != hit) < 2e-3
    inner = discriminant > 0.1  # away from the silhouette, where a faceted ball differs
    distance = along - np.sqrt(np.maximum(discriminant, 0))
    depth = distance * (direction @ camera.forward)
    np.testing.assert_allclose(seen.depth[inner], depth[inner], atol=2e-3)
    outward = camera.eye + direction * distance[..., None] - centre
    assert np.einsum("nd,nd->n", seen.normals[inner], outward[inner]).min() > np.cos(np.radians(0.5))
    assert np.isinf(seen.depth[~hit & (seen.ids < 0)]).all() and not seen.normals[seen.ids < 0].any()


def test_unprojected_depth_lies_on_the_surface_and_projects_back():
    mesh = box((1.0, 2.0, 3.0))
    camera = orbit_camera(mesh.bounds, 35, 25, width=50, height=40)
    seen, pixels = render([mesh], camera), pixel_centres(camera)
    points = camera.unproject(pixels, np.where(np.isfinite(seen.depth), seen.depth, 1))[seen.ids == 0]
    inside = np.abs(points) / np.array([0.5, 1.0, 1.5])
    np.testing.assert_allclose(inside.max(axis=1), 1, atol=1e-5)  # on the surface of the box, never off it
    face = np.abs(seen.normals[seen.ids == 0])
    assert (face.argmax(axis=1) == inside.argmax(axis=1)).mean() > 0.99
    np.testing.assert_allclose(face.max(axis=1), 1, atol=1e-6)  # a box stays faceted
    back, depth = camera.project(points)
    np.testing.assert_allclose(back, pixels[seen.ids == 0], atol=1e-6)
    np.testing.assert_allclose(depth, seen.depth[seen.ids == 0], rtol=1e-6)


def test_normals_face_the_camera_even_when_triangles_face_away():
    inverted = sphere()
    inverted.invert()
    for mesh in (sphere(), inverted):
        camera = orbit_camera(mesh.bounds, 10, 20, width=40, height=40)
        seen = render([mesh], camera)
        rays = camera.unproject(pixel_centres(camera), np.ones((40, 40))) - camera.eye
        hit = seen.ids == 0
        assert np.einsum("nd,nd->n", seen.normals[hit], rays[hit]).max() < 1e-6
        np.testing.assert_allclose(np.linalg.norm(seen.normals[hit], axis=1), 1, atol=1e-5)


def test_smooth_surfaces_are_smooth_and_creases_stay():
    mesh = cylinder(0.5, 2.0, sections=32)
    seen = render([mesh], Camera.look_at([0, 1.0, 6], [0, 0, 0], fov_deg=25, width=80, height=80))
    wall = (seen.ids == 0) & (np.abs(seen.normals[..., 1]) < 0.5)
    assert np.abs(seen.normals[wall][:, 1]).max() < 1e-5  # the caps do not bend the wall's normals
    assert len(np.unique(seen.normals[wall][:, 0].round(3))) > 40  # more directions than the wall has visible facets


def test_ids_tell_which_mesh_is_in_front_and_count_from_the_list():
    front, behind = sphere(1, (0, 0, 0), RED), sphere(1, (0.5, 0, -4), BLUE)
    empty = trimesh.Trimesh()
    bounds = [[-1, -1, -5], [1.5, 1, 1]]
    meshes = [behind, empty, front]
    near = render(meshes, orbit_camera(bounds, 0, 0, width=60, height=60))
    far = render(meshes, orbit_camera(bounds, 180, 0, width=60, height=60))
    assert set(np.unique(near.ids)) <= {-1, 0, 2}
    assert near.ids[30, 30] == 2 and far.ids[30, 30] == 0
    for seen in (near, far):
        alone = [render([mesh], orbit_camera(bounds, 0 if seen is near else 180, 0, width=60, height=60)).depth
                 for mesh in (behind, front)]
        np.testing.assert_allclose(seen.depth, np.minimum(*alone), rtol=2e-6)
        np.testing.assert_array_equal(seen.ids == 0, alone[0] < alone[1])
    assert near.rgb[30, 30].argmax() == 0 and far.rgb[30, 30].argmax() == 2


@given(ANGLES, st.floats(5, 100))
@settings(max_examples=40, deadline=None)
def test_a_camera_looks_where_it_says(angles, fov_deg):
    azimuth, elevation = np.radians(angles)
    eye = np.array([1.0, 2, 3]) + 2 * np.array([np.cos(elevation) * np.sin(azimuth), np.sin(elevation),
                                               np.cos(elevation) * np.cos(azimuth)])
    camera = Camera.look_at(eye, [1, 2, 3], fov_deg=fov_deg, width=64, height=48)
    R = camera.T_camera_world[:3, :3]
    np.testing.assert_allclose(R @ R.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(R) == pytest.approx(1)
    np.testing.assert_allclose(camera.eye, eye, atol=1e-9)
    pixel, depth = camera.project([1, 2, 3])
    np.testing.assert_allclose([*pixel, depth], [32, 24, 2], atol=1e-6)
    assert R[1, 1] <= 1e-9  # the picture's down never points up in the world
    _, at_top = camera.project(camera.unproject([[32, 0]], [1.0]))
    top, bottom = camera.unproject([[32, 0], [32, 48]], [1.0, 1.0]) - eye
    angle = np.arccos(top @ bottom / np.linalg.norm(top) / np.linalg.norm(bottom))
    assert np.degrees(angle) == pytest.approx(fov_deg) and at_top == pytest.approx(1)


BOXES = st.tuples(
    st.lists(st.floats(-50, 50), min_size=3, max_size=3), st.lists(st.floats(0, 20), min_size=3, max_size=3)
)


@given(BOXES, ANGLES, st.sampled_from([(64, 64), (100, 40), (30, 90)]), st.floats(10, 90))
@settings(max_examples=150, deadline=None)
def test_orbit_frames_every_corner_and_fills_the_picture(shape, angles, size, fov_deg):
    low, extents = map(np.asarray, shape)
    bounds = np.stack([low, low + np.maximum(extents, 0.01)])
    camera = orbit_camera(bounds, *angles, fov_deg=fov_deg, width=size[0], height=size[1])
    pixels, depth = camera.project(corners(bounds))
    reach = np.abs(pixels / size * 2 - 1)
    assert (depth > 0).all() and reach.max() <= 1 / 1.1 + 1e-6
    too_near = depth.min() <= 1.001e-3 * np.linalg.norm(bounds[1] - bounds[0])  # a needle seen along its length
    assert too_near or reach.max() > 1 / 1.1 - 1e-6  # tight: some corner touches the margin
    centre, _ = camera.project(bounds.mean(axis=0))
    np.testing.assert_allclose(centre, np.array(size) / 2, atol=1e-4)


@pytest.mark.parametrize(("azimuth_deg", "axis"), [(0, [0, 0, 1]), (90, [1, 0, 0]), (180, [0, 0, -1])])
def test_orbit_azimuth_names_the_side_it_looks_from(azimuth_deg, axis):
    camera = orbit_camera([[-1, -1, -1], [1, 1, 1]], azimuth_deg, 0)
    np.testing.assert_allclose(camera.eye / np.linalg.norm(camera.eye), axis, atol=1e-9)
    np.testing.assert_allclose(-camera.T_camera_world[1, :3], [0, 1, 0], atol=1e-9)


def test_colours_shadow_and_background():
    plate, cube = box((4, 0.1, 4), (0, -0.05, 0), (200, 200, 200)), box((1, 1, 1), (0, 1.5, 0), RED)
    camera = Camera.look_at([0, 8, 0.01], [0, 0, 0], fov_deg=50, width=90, height=90)
    lit = render([plate, cube], camera, light=(0.8, 1, 0), background=(1, 2, 3))
    unlit = render([plate, cube], camera, light=(0.8, 1, 0), background=(1, 2, 3), shadows=False)
    assert (lit.rgb[lit.ids < 0] == (1, 2, 3)).all() and (lit.ids < 0).any()
    darker = (lit.rgb.astype(int) < unlit.rgb).all(axis=-1) & (lit.ids == 0)
    columns = np.nonzero(darker)[1]
    assert len(columns) > 50 and columns.mean() < 40  # light from +x: the shadow falls towards -x, left in the picture
    assert (lit.rgb[lit.ids == 1].argmax(axis=-1) == 0).all()
    np.testing.assert_array_equal(lit.depth, unlit.depth)


def test_supersampling_softens_edges_and_leaves_geometry_alone():
    mesh = sphere(subdivisions=3)
    camera = orbit_camera(mesh.bounds, 0, 0, width=48, height=48)
    one, many = render([mesh], camera), render([mesh], camera, supersample=3)
    for name in ("depth", "normals", "ids"):
        np.testing.assert_array_equal(getattr(one, name), getattr(many, name))
    assert len(np.unique(many.rgb[:, :, 1])) > len(np.unique(one.rgb[:, :, 1]))
    assert np.abs(many.rgb.astype(int) - one.rgb)[12:36, 12:36].max() < 12  # the inside hardly changes


def test_pictures_are_reproducible_and_views_share_a_scene():
    mesh = sphere(subdivisions=3)
    cameras = [orbit_camera(mesh.bounds, azimuth, 20, width=32, height=32) for azimuth in (0, 120)]
    for camera, view in zip(cameras, render_views([mesh], cameras, supersample=2), strict=True):
        again = render([mesh], camera, supersample=2)
        assert (view.rgb == again.rgb).all() and (view.ids == again.ids).all()


def test_nothing_to_see_is_background():
    camera = Camera.look_at([0, 0, 5], [0, 0, 0], width=8, height=6)
    for meshes in ([], [trimesh.Trimesh()], [sphere(0.1, (0, 0, 50))]):
        seen = render(meshes, camera, background=(9, 8, 7))
        assert (seen.rgb == (9, 8, 7)).all() and (seen.ids == -1).all() and np.isinf(seen.depth).all()
        assert seen.rgb.shape == (6, 8, 3) and not seen.normals.any()


def test_bad_cameras_are_refused():
    with pytest.raises(ValueError, match="move one of them"):
        Camera.look_at([1, 1, 1], [1, 1, 1])
    with pytest.raises(ValueError, match="fov_deg"):
        Camera.look_at([1, 1, 1], [0, 0, 0], fov_deg=180)
    with pytest.raises(ValueError, match="bounds"):
        orbit_camera([[0, 0, 0], [np.nan, 1, 1]], 0, 0)


def test_contact_sheet_places_every_cell(tmp_path):
    cells = [[np.full((20, 30, 3), (r * 60, c * 60, 99), np.uint8) for c in range(2 + r)] for r in range(2)]
    sheet = np.asarray(contact_sheet(cells, labels=[["a", "b"]], gap_px=4))
    assert sheet.shape == (2 * 24 + 4, 3 * 34 + 4, 3)
    for r, row in enumerate(cells):
        for c, cell in enumerate(row):
            assert (sheet[4 + r * 24 + 19, 4 + c * 34 : 34 + c * 34] == cell[19]).all()
    assert (sheet[5:20, 72:] == 255).all()  # the short row's empty cell
    with pytest.raises(ValueError, match="one size"):
        contact_sheet([[np.zeros((2, 2, 3), np.uint8), np.zeros((3, 2, 3), np.uint8)]])


def test_png_round_trip_leaves_one_whole_file(tmp_path):
    image = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3)
    path = write_png(tmp_path / "picture.png", image)
    with Image.open(path) as read:
        np.testing.assert_array_equal(np.asarray(read), image)
    with pytest.raises((TypeError, ValueError)):
        write_png(path, np.zeros((2, 2, 7)))
    assert [p.name for p in tmp_path.iterdir()] == ["picture.png"]
    with Image.open(path) as read:
        np.testing.assert_array_equal(np.asarray(read), image)


def test_thousands_of_triangles_at_one_hub_are_drawn():
    angles = np.linspace(0, 2 * np.pi, 3000, endpoint=False)
    rim = np.stack([np.cos(angles), np.zeros(3000), np.sin(angles)], axis=1)
    faces = np.stack([np.full(3000, 3000), np.roll(np.arange(3000), -1), np.arange(3000)], axis=1)
    disc = paint(trimesh.Trimesh(np.vstack([rim, np.zeros(3)]), faces, process=False), RED)
    seen = render([disc], Camera.look_at([0, 4, 0], [0, 0, 0], fov_deg=40, width=100, height=100))
    np.testing.assert_allclose(seen.normals[seen.ids == 0], [[0, 1, 0]] * (seen.ids == 0).sum(), atol=1e-5)
    assert np.mean(seen.ids == 0) == pytest.approx(np.pi / 4 / np.tan(np.radians(20)) ** 2 / 16, rel=0.02)


def stripes(points, regions):
    return np.stack([127 + 120 * np.sin(20 * points[:, 0]), 60.0 * regions, 127 + 120 * np.sin(20 * points[:, 2])], axis=1)


def covered(mesh, colour=stripes):
    """A mesh's surface in its present coordinates; faces of the upper half are region 1."""
    return Surface(np.array(mesh.vertices), (mesh.triangles_center[:, 1] > 0).astype(np.int32), colour)


def test_a_picture_without_surfaces_is_the_same_byte_for_byte():
    meshes, camera = [sphere(0.5), box((1, 0.2, 1), (0, -0.6, 0), BLUE)], orbit_camera([[-1] * 3, [1] * 3], 30, 20)
    bare = render(meshes, camera, supersample=2)
    for surfaces in ([None, None], [covered(mesh, None) for mesh in meshes]):
        other = render(meshes, camera, supersample=2, surfaces=surfaces)
        for name in ("rgb", "depth", "normals", "ids"):
            assert getattr(bare, name).tobytes() == getattr(other, name).tobytes()
    assert not bare.own.any() and (bare.regions == -1).all()


def test_a_surface_of_one_colour_looks_like_a_painted_mesh():
    camera = orbit_camera([[-1] * 3, [1] * 3], 30, 20, width=60, height=60)
    flat = covered(sphere(), lambda points, _: np.tile([200.0, 100.0, 50.0], (len(points), 1)))
    np.testing.assert_array_equal(render([sphere()], camera, surfaces=[flat]).rgb,
                                  render([sphere(colour=(200, 100, 50))], camera).rgb)


@pytest.mark.parametrize("far", [0.0, 1e3])
def test_visible_points_are_known_in_the_objects_own_frame(far):
    mesh = box((1.0, 0.6, 0.4))
    surface, pose = covered(mesh), trimesh.transformations.rotation_matrix(0.7, [1, 2, 3], [0.1, 0, 0])
    pose[:3, :3] = pose[:3, :3] @ np.diag([2.0, 3.0, 0.5])  # stretched too
    pose[:3, 3] += far
    placed = mesh.copy().apply_transform(pose)
    camera = orbit_camera(placed.bounds, 40, 30, width=60, height=50)
    seen = render([trimesh.Trimesh(), sphere(0.01, placed.bounds[0] - 9), placed], camera, surfaces=[None, None, surface])
    hit = seen.ids == 2
    assert hit.sum() > 300 and (seen.regions[~hit] == -1).all() and not seen.own[~hit].any()
    own = seen.own[hit].astype(float)
    pixels, depth = camera.project(own @ pose[:3, :3].T + pose[:3, 3])
    np.testing.assert_allclose(pixels, pixel_centres(camera)[hit], atol=1e-3)
    np.testing.assert_allclose(depth, seen.depth[hit], rtol=1e-5)
    assert (np.isclose(np.abs(own) / [0.5, 0.3, 0.2], 1, atol=1e-5).sum(axis=1) >= 1).all()
    assert set(np.unique(seen.regions[hit])) == {0, 1}


def test_paint_stays_on_an_object_that_moves():
    mesh = box((1.0, 0.6, 0.4))
    surface, turn = covered(mesh), trimesh.transformations.rotation_matrix(1.1, [0, 1, 0])
    eye = np.array([1.0, 1, 3])
    still = render([mesh], Camera.look_at(eye, [0, 0, 0]), surfaces=[surface], light=(0, 1, 0))
    moved = render([mesh.copy().apply_transform(turn)], Camera.look_at(turn[:3, :3] @ eye, [0, 0, 0]), surfaces=[surface],
                   light=(0, 1, 0))
    difference = np.abs(still.rgb.astype(int) - moved.rgb).max(axis=-1)
    assert np.mean(difference > 2) < 2e-3 and len(np.unique(still.rgb[..., 0])) > 100


def test_only_covered_meshes_are_painted():
    meshes = [sphere(0.5, (-0.6, 0, 0)), sphere(0.5, (0.6, 0, 0))]
    camera = orbit_camera([[-1.2, -0.5, -0.5], [1.2, 0.5, 0.5]], 0, 0, width=80, height=40)
    bare, half = render(meshes, camera), render(meshes, camera, surfaces=[None, covered(meshes[1])])
    same = (bare.rgb == half.rgb).all(axis=-1)
    assert same[half.ids != 1].all() and same[half.ids == 1].mean() < 0.1
    assert (half.regions[half.ids == 0] == -1).all() and (half.regions[half.ids == 1] >= 0).all()


def test_surfaces_of_other_meshes_are_refused():
    camera = orbit_camera([[-1] * 3, [1] * 3], 0, 0, width=4, height=4)
    with pytest.raises(ValueError, match="2 meshes need as many surfaces"):
        render([sphere(), sphere()], camera, surfaces=[None])
    with pytest.raises(ValueError, match="make it from the same mesh"):
        render([sphere()], camera, surfaces=[covered(box((1, 1, 1)))])
